//! The client, with a kernel in the hands of a test.

use super::*;
use crate::mgmt::protocol::{Settings, command, event};

/// A kernel in the hands of a test.
struct Kernel {
    sender: Sender,
    receiver: Receiver,
}

fn connected() -> (Client, Kernel) {
    let (ours, theirs) = Socket::pair();
    let (sender, receiver) = theirs.split();
    (Client::over(ours), Kernel { sender, receiver })
}

const HCI0: Index = Index(0);
const HCI1: Index = Index(1);

impl Kernel {
    /// The next command, as opcode and index.
    async fn asked(&mut self) -> (u16, Index) {
        let packet = Packet::parse(&self.receiver.receive().await.unwrap()).unwrap();
        (packet.code, packet.index)
    }

    async fn tell(&self, code: u16, index: Index, parameters: Vec<u8>) {
        let packet = Packet { code, index, parameters };
        self.sender.send(&packet.to_bytes()).await.unwrap();
    }

    async fn complete(&self, (opcode, index): (u16, Index), status: Status, reply: &[u8]) {
        let parameters = [&opcode.to_le_bytes(), [status.0].as_slice(), reply].concat();
        self.tell(0x0001, index, parameters).await;
    }

    async fn status(&self, (opcode, index): (u16, Index), status: Status) {
        let parameters = [opcode.to_le_bytes().as_slice(), &[status.0]].concat();
        self.tell(0x0002, index, parameters).await;
    }

    async fn new_settings(&self, settings: u32) {
        self.tell(0x0006, HCI0, settings.to_le_bytes().to_vec()).await;
    }
}

async fn send(client: &Client, name: &str, index: Index) -> Result<Record, Error> {
    let command = command(name).unwrap();
    let parameters = command.parameters.iter().map(|_| 1).collect();
    client.send(command, index, parameters, LIMIT).await
}

fn settings(reply: Result<Record, Error>) -> u32 {
    reply.unwrap().settings("current-settings").unwrap().0
}

#[tokio::test]
async fn replies_that_cross_reach_those_who_asked() {
    let (client, mut kernel) = connected();
    let other = client.clone();
    let answers = async {
        let first = kernel.asked().await;
        let second = kernel.asked().await;
        let third = kernel.asked().await;
        kernel.complete(third, Status::SUCCESS, &[3, 0, 0, 0]).await;
        kernel.complete(second, Status::SUCCESS, &[2, 0, 0, 0]).await;
        kernel.complete(first, Status::SUCCESS, &[1, 0, 0, 0]).await;
    };
    let (one, two, three, ()) = tokio::join!(
        send(&client, "Set Powered", HCI0),
        send(&client, "Set Powered", HCI1),
        send(&other, "Set Bondable", HCI0),
        answers
    );
    assert_eq!([settings(one), settings(two), settings(three)], [1, 2, 3]);
}

#[tokio::test]
async fn two_of_one_kind_are_answered_in_their_order() {
    let (client, mut kernel) = connected();
    let answers = async {
        for settings in [1, 2] {
            let asked = kernel.asked().await;
            kernel.complete(asked, Status::SUCCESS, &[settings, 0, 0, 0]).await;
        }
    };
    let (one, two, ()) = tokio::join!(
        send(&client, "Set Powered", HCI0),
        send(&client, "Set Powered", HCI0),
        answers
    );
    assert_eq!([settings(one), settings(two)], [1, 2]);
}

#[tokio::test]
async fn a_failure_ends_the_command_whichever_event_tells_it() {
    let (client, mut kernel) = connected();
    for by_status in [true, false] {
        let answers = async {
            let asked = kernel.asked().await;
            match by_status {
                true => kernel.status(asked, Status::BUSY).await,
                false => kernel.complete(asked, Status::BUSY, &[]).await,
            }
        };
        let (reply, ()) = tokio::join!(send(&client, "Set Powered", HCI0), answers);
        let error = reply.unwrap_err();
        assert_eq!(error.to_string(), "the kernel answered Set Powered with Busy");
    }
}

#[tokio::test]
async fn an_answer_under_the_number_of_another_command_is_taken_for_what_it_is() {
    let (client, mut kernel) = connected();
    let command = command("Set Default Runtime Configuration").unwrap();
    let answers = async {
        let (_, index) = kernel.asked().await;
        kernel.status((SET_SYSTEM_CONFIGURATION, index), Status::INVALID_PARAMETERS).await;
    };
    let (reply, ()) = tokio::join!(client.send(command, HCI0, Vec::new(), LIMIT), answers);
    let invalid = Error::Refused { command, status: Status::INVALID_PARAMETERS };
    assert_eq!(reply.unwrap_err(), invalid);
}

#[tokio::test]
async fn an_early_status_of_success_is_not_the_end() {
    let (client, mut kernel) = connected();
    let answers = async {
        let asked = kernel.asked().await;
        kernel.status(asked, Status::SUCCESS).await;
        kernel.complete(asked, Status::SUCCESS, &[7, 0, 0, 0]).await;
    };
    let (reply, ()) = tokio::join!(send(&client, "Set Powered", HCI0), answers);
    assert_eq!(settings(reply), 7);
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_comes_too_late_does_not_pass_for_the_next() {
    let (client, mut kernel) = connected();
    let command = command("Set Powered").unwrap();
    let late = client.send(command, HCI0, vec![1], Duration::from_secs(1)).await.unwrap_err();
    assert_eq!(late.to_string(), "the kernel did not answer Set Powered within 1s");
    let asked = kernel.asked().await;
    let answers = async {
        kernel.asked().await;
        kernel.complete(asked, Status::SUCCESS, &[1, 0, 0, 0]).await;
        kernel.complete(asked, Status::SUCCESS, &[2, 0, 0, 0]).await;
    };
    let (reply, ()) = tokio::join!(send(&client, "Set Powered", HCI0), answers);
    assert_eq!(settings(reply), 2);
}

#[tokio::test]
async fn arguments_that_do_not_fit_are_not_sent() {
    let (client, _kernel) = connected();
    let command = command("Set Powered").unwrap();
    let error = client.call(command, HCI0, &Map::new(), LIMIT).await.unwrap_err();
    assert!(matches!(error, Error::Argument(_)), "{error}");
}

#[tokio::test]
async fn when_the_kernel_goes_everybody_hears_it() {
    let (client, mut kernel) = connected();
    let gone = async {
        kernel.asked().await;
        drop(kernel);
    };
    let waits = client.wait_for(client.position(), |_| Some(()));
    let (reply, waited, ()) = tokio::join!(send(&client, "Set Powered", HCI0), waits, gone);
    assert!(matches!(reply, Err(Error::Closed(_))), "{reply:?}");
    assert!(matches!(waited, Err(Error::Closed(_))), "{waited:?}");
    assert!(matches!(send(&client, "Set Powered", HCI0).await, Err(Error::Closed(_))));
}

fn powered(told: &Told) -> Option<bool> {
    let Message::Event { kind, record, .. } = &*told.message else { return None };
    let settings = record.settings("current-settings").unwrap_or_default();
    (*kind == event("New Settings").unwrap()).then(|| settings == Settings(1))
}

#[tokio::test]
async fn what_was_told_before_is_still_found_and_each_reader_has_a_place_of_its_own() {
    let (client, kernel) = connected();
    let start = client.position();
    kernel.new_settings(1).await;
    kernel.new_settings(0).await;
    let (first, next) = client.wait_for(start, powered).await.unwrap();
    let (second, end) = client.wait_for(next, powered).await.unwrap();
    assert_eq!((first, second), (true, false));
    assert_eq!(client.position(), end);
    let (all, lost) = client.since(start);
    assert_eq!((all.len(), lost), (2, 0));
    let waits = client.wait_for(end, powered);
    let (found, ()) = tokio::join!(waits, kernel.new_settings(1));
    assert!(found.unwrap().0);
}

#[tokio::test]
async fn the_log_is_bounded_and_says_what_it_lost() {
    let (client, kernel) = connected();
    let start = client.position();
    for number in 0..u32::try_from(KEPT).unwrap() + 10 {
        kernel.new_settings(number).await;
    }
    let last = u32::try_from(KEPT).unwrap() + 9;
    let is_last = |told: &Told| match &*told.message {
        Message::Event { record, .. } => {
            (record.settings("current-settings") == Some(Settings(last))).then_some(())
        }
        _ => None,
    };
    client.wait_for(start, is_last).await.unwrap();
    let (all, lost) = client.since(start);
    assert_eq!((all.len(), lost), (KEPT, 10));
}

#[tokio::test]
async fn what_is_no_packet_or_answers_nobody_harms_nothing() {
    let (client, mut kernel) = connected();
    kernel.sender.send(&[1, 0]).await.unwrap();
    kernel.complete((0x0005, HCI0), Status::SUCCESS, &[1, 0, 0, 0]).await;
    kernel.tell(0x7777, HCI0, vec![1, 2, 3]).await;
    client.wait_for(Position::default(), |_| Some(())).await.unwrap();
    let answers = async {
        let asked = kernel.asked().await;
        kernel.complete(asked, Status::SUCCESS, &[9, 0, 0, 0]).await;
    };
    let (reply, ()) = tokio::join!(send(&client, "Set Powered", HCI0), answers);
    assert_eq!(settings(reply), 9);
    let (told, _) = client.since(Position::default());
    assert!(matches!(&*told[0].message, Message::Unknown { code: 0x7777, .. }), "{told:?}");
}
