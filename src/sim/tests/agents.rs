//! Agents come and go: section 4 of the recordings.

use zbus::ObjectPath;

use super::{Answer, Bench, bench::verdict};

const UNKNOWN: &str = "error org.bluez.Error.DoesNotExist: Does Not Exist";

async fn manage(bench: &Bench, method: &str, path: &str) -> String {
    let path = ObjectPath::from_str_unchecked(path);
    verdict(bench.call("", &format!("AgentManager1.{method}"), &path).await)
}

#[tokio::test(start_paused = true)]
async fn the_first_agent_makes_the_adapter_pairable_and_the_last_ends_it() {
    let bench = Bench::new("").await;
    assert_eq!(manage(&bench, "RequestDefaultAgent", "/agent").await, UNKNOWN);
    assert_eq!(manage(&bench, "UnregisterAgent", "/agent").await, UNKNOWN);
    bench.forget();
    bench.agent("", Answer::Yes).await;
    assert_eq!(bench.notes(), ["reply", "hci0 Adapter1 Pairable=true"]);
    assert_eq!(manage(&bench, "RequestDefaultAgent", "/agent").await, "reply");
    assert_eq!(manage(&bench, "RequestDefaultAgent", "/another").await, UNKNOWN);
    assert_eq!(manage(&bench, "UnregisterAgent", "/another").await, UNKNOWN);
    bench.forget();
    assert_eq!(manage(&bench, "UnregisterAgent", "/agent").await, "reply");
    bench.settle().await;
    assert_eq!(bench.notes(), ["reply", "hci0 Adapter1 Pairable=false"]);
}

#[tokio::test(start_paused = true)]
async fn an_agent_is_refused_for_nonsense_and_for_being_the_second() {
    let bench = Bench::new("").await;
    let register = async |path: &str, word: &str| {
        let body = (ObjectPath::from_str_unchecked(path), word);
        verdict(bench.call("", "AgentManager1.RegisterAgent", &body).await)
    };
    let nonsense = "error org.bluez.Error.InvalidArguments: Invalid arguments in method call";
    assert_eq!(register("/agent", "Nonsense").await, nonsense);
    assert_eq!(register("/agent", "DisplayOnly").await, "reply");
    let twice = "error org.bluez.Error.AlreadyExists: Already Exists";
    assert_eq!(register("/agent", "DisplayOnly").await, twice);
    assert_eq!(register("/another", "DisplayOnly").await, twice);
}
