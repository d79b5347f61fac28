//! Databases that are read, and databases that are refused.

use crate::sim::scene::{Scene, Security, Uuid};

fn refused(lines: &str) -> String {
    let text = format!("[[device]]\n{lines}");
    Scene::parse(&text).expect_err(&text).message().to_owned()
}

#[test]
fn a_database_is_services_with_characteristics() {
    let text = r#"
[[device]]
[[device.service]]
uuid = "180f"
includes = ["180a"]
[[device.service.characteristic]]
uuid = "2a19"
flags = ["read", "encrypt-notify"]
value = "4d"
notify-every = "1s"
notify-values = ["4c", "4b"]
[[device.service.characteristic.descriptor]]
uuid = "2901"
text = "Level"
[[device.service]]
uuid = "180a"
primary = false
handle = 0x0040
"#;
    let scene = Scene::parse(text).expect("a scene");
    let [battery, about] = &scene.device[0].service[..] else { panic!("{scene:?}") };
    let [level] = &battery.characteristic[..] else { panic!("{battery:?}") };
    assert_eq!((battery.primary, about.primary), (true, false));
    assert_eq!((battery.handle, about.handle), (None, Some(0x40)));
    assert_eq!(battery.includes, [Uuid::assigned(0x180a)]);
    assert_eq!(level.value, [0x4d]);
    assert_eq!(level.notify_values, [[0x4c], [0x4b]]);
    assert_eq!(level.permissions.words(), ["read", "notify"]);
    assert_eq!(level.permissions.subscribe, Some(Security::Encrypted));
    assert_eq!(level.permissions.write, None);
    assert_eq!(level.descriptor[0].value, b"Level");
}

#[test]
fn devices_share_a_database_by_name() {
    let text = r#"
[[device]]
database = "acme"
[[device]]
database = "acme"
[[database.acme.service]]
uuid = "180f"
"#;
    let scene = Scene::parse(text).expect("a scene");
    assert!(scene.device.iter().all(|device| device.service.len() == 1));
}

#[test]
fn nonsense_is_refused_with_the_reason() {
    let one =
        "[[device.service]]\nuuid = '180f'\n[[device.service.characteristic]]\nuuid = '2a19'\n";
    for (lines, reason) in [
        ("[[device.service]]".to_owned(), "uuid"),
        ("[[device.service]]\nuuid = '18'".to_owned(), "is no UUID"),
        (format!("{one}flags = ['raed']"), "`raed`"),
        (format!("{one}flag = ['read']"), "`flags`"),
        (format!("{one}flags = ['read']\nvalue = 'abc'"), "hexadecimal"),
        (format!("{one}flags = ['read']\nvalue = 'ab'\ntext = 'x'"), "`value` and `text`"),
        (format!("{one}flags = ['read']\nvalue = '{}'", "00".repeat(513)), "512 bytes"),
        (format!("{one}flags = ['read']\nnotify-every = '1s'"), "`indicate`"),
        (format!("{one}flags = ['notify']\nnotify-every = '0s'"), "shorter"),
        (format!("{one}flags = ['notify']\nnotify-values = ['00']"), "belongs to"),
        (format!("{one}flags = ['read']\nmax-length = 1\nvalue = '0000'"), "max-length"),
        (
            format!("{one}flags = []\n[[device.service.characteristic.descriptor]]\nuuid = '2902'"),
            "by itself",
        ),
        ("[[device.service]]\nuuid = '180f'\nincludes = ['180a']".to_owned(), "has not"),
        ("[[device.service]]\nuuid = '180f'\nhandle = 0".to_owned(), "is the next"),
        ("database = 'acme'".to_owned(), "no database"),
        (
            "hidden-services = ['180a']\n[[device.service]]\nuuid = '180f'".to_owned(),
            "`hidden-services`",
        ),
        ("transport = 'bredr'\n[[device.service]]\nuuid = '180f'".to_owned(), "GATT"),
        ("mtu = 22".to_owned(), "23"),
    ] {
        let message = refused(&lines);
        assert!(message.contains(reason), "{lines}: {message}");
    }
}
