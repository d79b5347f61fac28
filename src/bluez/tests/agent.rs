//! Every method of `org.bluez.Agent1`, called by the test in bluetoothd's place.

use serde::Serialize;
use zbus::DynamicType;

use super::*;
use crate::association::Capability;

const DEVICE: &str = "/org/bluez/hci0/dev_C0";

fn device() -> ObjectPath<'static> {
    ObjectPath::from_static_str_unchecked(DEVICE)
}

impl Peer {
    fn method<B: Serialize + DynamicType>(&self, member: &str, body: &B) -> Message {
        Message::method_call("/org/bttest/agent", member)
            .interface("org.bluez.Agent1")
            .sender(":1.1")
            .build(body)
            .unwrap()
    }

    async fn says<B: Serialize + DynamicType>(&self, member: &str, body: &B) -> Message {
        self.calls(&self.method(member, body)).await
    }
}

/// What was told of a question: the method, and the kind of answer.
fn told_of(told: &mut mpsc::UnboundedReceiver<Change>) -> Vec<String> {
    let all = std::iter::from_fn(|| told.try_recv().ok());
    all.filter_map(|change| match change {
        Change::Asked { method, path, answer } => Some(format!("{method} {path} {answer}")),
        _ => None,
    })
    .collect()
}

async fn served() -> (Peer, Session, mpsc::UnboundedReceiver<Change>, Agent) {
    let peer = Peer::default();
    let (session, told) = Session::open(peer.bus()).await.unwrap();
    let agent = Agent::serve(&session).await.unwrap();
    (peer, session, told, agent)
}

#[tokio::test(start_paused = true)]
async fn each_question_goes_to_the_step_that_listens_and_no_number_is_told() {
    let (peer, _session, mut told, agent) = served().await;
    let mut questions = agent.listen(Some(DEVICE));
    let answering = tokio::spawn(async move {
        let mut seen = Vec::new();
        while seen.len() < 7 {
            let question = questions.recv().await.unwrap();
            let reply = match &question.matter {
                Matter::PinCode => Reply::Pin("4815".to_owned()),
                Matter::Passkey => Reply::Passkey(481_516),
                Matter::Authorization => Reply::No,
                _ => Reply::Yes,
            };
            seen.push((format!("{:?}", question.matter), question.matter.shown()));
            question.answer(reply);
        }
        seen
    });
    let pin: String = peer.says("RequestPinCode", &device()).await.body().deserialize().unwrap();
    assert_eq!(pin, "4815");
    let passkey: u32 = peer.says("RequestPasskey", &device()).await.body().deserialize().unwrap();
    assert_eq!(passkey, 481_516);
    let shown = [
        peer.says("RequestConfirmation", &(device(), 481_516_u32)).await,
        peer.says("AuthorizeService", &(device(), "0000110b-0000-1000-8000-00805f9b34fb")).await,
        peer.says("DisplayPasskey", &(device(), 42_u32, 3_u16)).await,
        peer.says("DisplayPinCode", &(device(), "4815")).await,
    ];
    assert!(shown.iter().all(|reply| reply.message_type() == Type::MethodReturn));
    let no = peer.says("RequestAuthorization", &device()).await;
    assert_eq!(no.header().error_name().unwrap().as_str(), "org.bluez.Error.Rejected");
    let seen = answering.await.unwrap();
    let shown: Vec<_> = seen.iter().filter_map(|(_, shown)| shown.as_deref()).collect();
    assert_eq!(shown, ["481516", "000042", "4815"]);
    assert!(seen.iter().all(|(debug, _)| !debug.contains("4815")), "{seen:?}");
    let of = |method: &str, answer: &str| format!("{method} {DEVICE} {answer}");
    assert_eq!(
        told_of(&mut told),
        [
            of("RequestPinCode", "typed"),
            of("RequestPasskey", "typed"),
            of("RequestConfirmation", "yes"),
            of("AuthorizeService", "yes"),
            of("DisplayPasskey", "shown"),
            of("DisplayPinCode", "shown"),
            of("RequestAuthorization", "no"),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_taken_back_is_waited_for_no_more() {
    let (peer, _session, mut told, agent) = served().await;
    let mut questions = agent.listen(Some(DEVICE));
    for end in ["Cancel", "Release"] {
        peer.last().send(&peer.method("RequestPasskey", &device())).await.unwrap();
        let mut question = questions.recv().await.unwrap();
        peer.last().send(&peer.method(end, &())).await.unwrap();
        question.withdrawn().await;
        // Too late: nobody hears it.
        question.answer(Reply::Passkey(1));
    }
    peer.last().send(&peer.method("RequestConfirmation", &(device(), 7_u32))).await.unwrap();
    let mut silent = questions.recv().await.unwrap().answer(Reply::Silence);
    tokio::time::sleep(Duration::from_secs(59)).await;
    peer.last().send(&peer.method("Cancel", &())).await.unwrap();
    silent.withdrawn().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let told = told_of(&mut told);
    assert_eq!(told.iter().filter(|line| line.ends_with("withdrawn")).count(), 2, "{told:?}");
    assert!(told.contains(&format!("RequestConfirmation {DEVICE} no answer")), "{told:?}");
    assert!(told.contains(&"Cancel  ".to_owned()) && told.contains(&"Release  ".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn where_no_step_listens_the_last_pairings_answers_hold() {
    let (peer, _session, _told, agent) = served().await;
    let other = agent.listen(Some("/org/bluez/hci0/dev_C1"));
    let answers = Answers { pairing: Reply::Yes, service: Reply::No };
    // Nobody answers the registration here; what it says holds all the same.
    let registering = agent.register(Capability::DisplayYesNo, answers);
    assert!(tokio::time::timeout(Duration::from_secs(1), registering).await.is_err());
    let confirmed = peer.says("RequestConfirmation", &(device(), 7_u32)).await;
    assert_eq!(confirmed.message_type(), Type::MethodReturn);
    for (member, body) in [("RequestPasskey", device()), ("RequestPinCode", device())] {
        assert_eq!(peer.says(member, &body).await.message_type(), Type::Error, "{member}");
    }
    let service = peer.says("AuthorizeService", &(device(), "110b")).await;
    assert_eq!(service.message_type(), Type::Error);
    drop(other);
    // A step that ends without an answer has said no.
    let mut questions = agent.listen(None);
    let body = (device(), 7_u32);
    let asked = peer.says("RequestConfirmation", &body);
    let ends = async { drop(questions.recv().await.unwrap()) };
    let (said, ()) = tokio::join!(asked, ends);
    assert_eq!(said.message_type(), Type::Error);
}
