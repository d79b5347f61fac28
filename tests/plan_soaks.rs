//! How long a plan goes on: `repeat`, `for`, `until`, `until-fail`, in a case and in `[soak]`.

use std::path::Path;
use std::time::Duration;

use bttest::plan::{self, Overrides, Plan, Soak};

fn read(text: &str) -> Result<Plan, String> {
    plan::load_text(Path::new("plan.toml"), text.as_bytes(), &Overrides::default())
        .map(|loaded| loaded.plan)
        .map_err(|errors| errors.render(false))
}

/// A plan of one case that says this.
fn case(keys: &str) -> String {
    format!("[[case]]\nid = \"A\"\n{keys}\nsteps = [{{ do = \"inspect\" }}]\n")
}

#[test]
fn a_case_says_how_long_it_goes_on() {
    let soak = |keys: &str| read(&case(keys)).unwrap().cases[0].soak;
    assert_eq!(soak(""), Soak::default());
    assert_eq!(soak("repeat = 3").iterations(), Some(3));
    let whole = soak("repeat = 3\nfor = \"8h\"\nuntil = \"6:30\"\nuntil-fail = true");
    assert_eq!(whole.lasting, Some(Duration::from_secs(8 * 3600)));
    assert_eq!(whole.until.unwrap().to_string(), "06:30");
    assert!(whole.until_fail);
    assert_eq!(soak("until-fail = true").iterations(), None);
}

#[test]
fn variables_stand_for_any_of_them() {
    let vars = "[vars]\nn = 7\nhours = \"8h\"\nmorning = \"06:30\"\nstop = true\n";
    let keys =
        "repeat = \"${n}\"\nfor = \"${hours}\"\nuntil = \"${morning}\"\nuntil-fail = \"${stop}\"";
    let of_case = read(&format!("{vars}{}", case(keys))).unwrap().cases[0].soak;
    assert_eq!(of_case.to_string(), "7 times or for 8h or until 06:30 or until it fails");
    let of_plan = read(&format!("{vars}[soak]\n{keys}\n{}", case(""))).unwrap().soak;
    assert_eq!(of_plan, Some(of_case));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    insta::assert_snapshot!(read(&case("for = \"8\"\nuntil = \"25:00\"\nrepeat = 0")).unwrap_err(), @r#"
    error: `8` has no unit
     --> plan.toml:3:7
      |
    3 | for = "8"
      |       ^^^ in `for`
      |
      = help: write for example "8s" or "8ms"

    error: `25:00` is not a time of day
     --> plan.toml:4:9
      |
    4 | until = "25:00"
      |         ^^^^^^^ in `until`
      |
      = help: write for example "06:30"

    error: 0 times is not at all
     --> plan.toml:5:10
      |
    5 | repeat = 0
      |          ^ in `repeat`
      |
      = help: write 1 or more
    "#);
    insta::assert_snapshot!(read(&case("until = 06:30:00")).unwrap_err(), @r#"
    error: `until` must be a time of day in quotes, not a date or a time
     --> plan.toml:3:9
      |
    3 | until = 06:30:00
      |         ^^^^^^^^ expected a time of day in quotes
      |
      = help: `until`: Repeat the case until the clock of this machine shows this time, the next time after the run has started; for example "06:30"
    "#);
    insta::assert_snapshot!(read(&format!("[soak]\n{}", case(""))).unwrap_err(), @r#"
    error: [soak] does not say when it ends
     --> plan.toml:1:1
      |
    1 | [soak]
      | ^^^^^^ no limit
      |
      = help: write `for = "8h"`, `until = "06:30"`, `repeat = 100` or `until-fail = true`
    "#);
    let both = format!("[soak]\nfor = \"8h\"\n{}", case("repeat = 3"));
    insta::assert_snapshot!(read(&both).unwrap_err(), @r"
    error: `repeat` stands in a case of a plan with [soak]
     --> plan.toml:5:1
      |
    5 | repeat = 3
      | ^^^^^^ for this case only
      |
     ::: plan.toml:1:1
      |
    1 | [soak]
      | ------ for all cases in turn
      |
      = help: take one of them out: [soak] runs the cases in rounds, one iteration of each in turn
    ");
}
