//! Clients that call anything at any time: the simulator stays alive and true to itself.

use std::time::Duration;

use proptest::prelude::*;
use zbus::{ObjectPath, OwnedVariant, Variant};

use super::{Answer, Bench};

const DEVICES: [&str; 4] = [
    "hci0/dev_C0_DE_00_00_00_01",
    "hci0/dev_00_AA_01_03_00_03",
    "hci0/dev_C0_DE_00_00_00_09",
    DUAL,
];
const DUAL: &str = "hci0/dev_00_AA_01_01_00_01";
const BEARERS: [&str; 2] = ["org.bluez.Bearer.LE1", "org.bluez.Bearer.BREDR1"];

/// What a client does, and how long it waits before the next thing.
#[derive(Clone, Debug)]
enum Act {
    Call(usize, &'static str),
    Adapter(&'static str),
    Remove(usize),
    Power(bool),
    Set(usize, &'static str, bool),
    Agent(u8),
    Bearer(usize, &'static str),
    Prefer(&'static str),
}

fn act() -> impl Strategy<Value = Act> {
    let device = 0..DEVICES.len();
    let method = prop::sample::select(vec![
        "Device1.Connect",
        "Device1.Disconnect",
        "Device1.Pair",
        "Device1.CancelPairing",
        "Device1.Nonsense",
    ]);
    let discovery = vec!["Adapter1.StartDiscovery", "Adapter1.StopDiscovery"];
    let property = prop::sample::select(vec!["Trusted", "Blocked", "Paired"]);
    prop_oneof![
        6 => (device.clone(), method).prop_map(|(device, method)| Act::Call(device, method)),
        2 => prop::sample::select(discovery).prop_map(Act::Adapter),
        1 => device.clone().prop_map(Act::Remove),
        1 => any::<bool>().prop_map(Act::Power),
        1 => (device, property, any::<bool>()).prop_map(|(d, p, on)| Act::Set(d, p, on)),
        1 => any::<u8>().prop_map(Act::Agent),
        4 => (0..BEARERS.len(), prop::sample::select(vec!["Connect", "Disconnect"]))
            .prop_map(|(bearer, method)| Act::Bearer(bearer, method)),
        1 => prop::sample::select(vec!["le", "bredr", "last-used", "last-seen"])
            .prop_map(Act::Prefer),
    ]
}

async fn perform(bench: &Bench, act: Act) {
    match act {
        Act::Call(device, method) => drop(bench.say(DEVICES[device], method).await),
        Act::Adapter(method) => drop(bench.say("hci0", method).await),
        Act::Remove(device) => {
            let path = format!("/org/bluez/{}", DEVICES[device]);
            let path = ObjectPath::from_str_unchecked(&path);
            drop(bench.call("hci0", "Adapter1.RemoveDevice", &path).await);
        }
        Act::Power(on) => drop(bench.set("hci0", "Powered", on.into()).await),
        Act::Set(device, property, on) => {
            drop(bench.set(DEVICES[device], property, Variant::from(on)).await);
        }
        Act::Agent(number) => {
            let words = ["NoInputNoOutput", "DisplayYesNo", "KeyboardOnly", "KeyboardDisplay"];
            let word = words[usize::from(number) % words.len()];
            let path = ObjectPath::from_str_unchecked("/agent");
            drop(bench.call("", "AgentManager1.RegisterAgent", &(path, word)).await);
        }
        Act::Bearer(bearer, method) => {
            drop(bench.say(DUAL, &format!("{}.{method}", BEARERS[bearer])).await);
        }
        Act::Prefer(word) => drop(bench.set(DUAL, "PreferredBearer", word.into()).await),
    }
}

/// What holds whatever happened.
async fn stays_true_to_itself(bench: &Bench) {
    for device in DEVICES {
        if bench.get(device, "Address").await.is_err() {
            continue;
        }
        let [connected, resolved, paired, bonded] = [
            bench.is(device, "Connected").await,
            bench.is(device, "ServicesResolved").await,
            bench.is(device, "Paired").await,
            bench.is(device, "Bonded").await,
        ];
        assert!(connected || !resolved, "{device} is resolved and not connected");
        assert!(paired || !bonded || connected, "{device} is bonded, not paired, and idle");
        let powered = bench.is("hci0", "Powered").await;
        assert!(powered || !connected, "{device} is connected to an adapter that is off");
    }
}

/// A device is connected as long as one of its bearers is, and paired as long as it is on one.
async fn bearers_agree(bench: &Bench) {
    for property in ["Connected", "Paired"] {
        let mut of_any = false;
        for bearer in BEARERS {
            let body = (bearer, property);
            let reply = bench.call(DUAL, "org.freedesktop.DBus.Properties.Get", &body).await;
            // Forgotten, or of an earlier release.
            let Ok(reply) = reply else { return };
            let value: OwnedVariant = reply.body().deserialize().expect("a variant");
            of_any |= value == OwnedVariant::from(true);
        }
        assert_eq!(bench.is(DUAL, property).await, of_any, "{property}");
    }
}

fn scene(release: &str, seed: u64) -> String {
    let silent = if seed.is_multiple_of(3) { "pairing = 'ignore'" } else { "" };
    format!(
        "bluez = '{release}'\nexperimental = true\n\
         [[device]]\naddress = 'C0:DE:00:00:00:01'\nservices = ['180f']\nbattery = 5\n\
         io-capability = 'DisplayYesNo'\nvanish-after = '40s'\nreturn-after = '20s'\n{silent}\n\
         [[device.fault]]\non = 'connect'\nprobability = 0.2\nerror = 'refused'\n\
         [[device.fault]]\non = 'pair'\nprobability = 0.2\ndrops-after = '300ms'\n\
         [[device]]\naddress = '00:AA:01:03:00:03'\ntransport = 'bredr'\nservices = ['110b']\n\
         [[device]]\naddress = 'C0:DE:00:00:00:09'\nbonded = true\n\
         [[device.fault]]\non = 'connect'\nprobability = 0.05\ncrash = true\nfor = '2s'\n\
         [[device]]\naddress = '00:AA:01:01:00:01'\ntransport = 'dual'\nservices = ['180f']\n\
         hidden-services = ['110b']\nbattery = 7\nvanish-after = '50s'\nreturn-after = '15s'\n\
         [[device.fault]]\non = 'connect'\nprobability = 0.2\nerror = 'page-timeout'\n"
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_storm_of_calls_breaks_it(
        seed in any::<u64>(),
        release in prop::sample::select(vec!["5.66", "5.82", "5.87"]),
        acts in prop::collection::vec((act(), 0_u64..3000), 1..60),
    ) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build().expect("a runtime");
        runtime.block_on(async {
            let bench = std::sync::Arc::new(Bench::seeded(&scene(release, seed), seed).await);
            bench.agent("KeyboardDisplay", Answer::Yes).await;
            bench.say("hci0", "Adapter1.StartDiscovery").await;
            for (act, then) in acts {
                let caller = bench.clone();
                tokio::spawn(async move { perform(&caller, act).await });
                bench.wait(then).await;
            }
            bench.wait(200_000).await;
            let ping = bench.say("/", "org.freedesktop.DBus.Peer.Ping");
            let pong = tokio::time::timeout(Duration::from_secs(1), ping).await;
            assert_eq!(pong.as_deref(), Ok("reply"), "the simulator is dead");
            stays_true_to_itself(&bench).await;
            bearers_agree(&bench).await;
        });
    }
}
