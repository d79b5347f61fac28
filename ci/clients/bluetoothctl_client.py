"""bluetoothctl at a terminal: find, pair in three ways, refuse, connect, look, forget."""

from terminal import Terminal

DEVICE, KEYPAD, PHONE = (f"C0:DE:00:00:00:0{n}" for n in (1, 2, 3))


def main():
    terminal = Terminal()
    terminal.shows("Agent registered")
    terminal.types("show", "Controller 00:AA:01:00:00:42", "Powered: yes", "Pairable: yes")
    terminal.types("scan on", "Discovery started")
    for name in ("My_Bluetooth_Device", "Speaker"):
        terminal.shows(rf"\[NEW\] Device \S+ {name}")
    terminal.types("scan off", "Discovery stopped")
    terminal.types(f"info {DEVICE}", "Paired: no", "UUID: Heart Rate", "ManufacturerData.Key: 0x004c")

    # just works
    terminal.types(f"pair {DEVICE}", "Pairing successful")
    terminal.types(f"info {DEVICE}", "Paired: yes", "Connected: yes")
    terminal.types(f"disconnect {DEVICE}", "Successful disconnected|Disconnection successful")
    terminal.types(f"connect {DEVICE}", "Connection successful", "ServicesResolved: yes")
    terminal.types(f"info {DEVICE}", r"Battery Percentage: 0x4d \(77\)")
    terminal.types(f"trust {DEVICE}", "trust succeeded")
    terminal.types("devices Paired", "My_Bluetooth_Device")

    # passkey entry: the device shows a number
    terminal.types(f"pair {KEYPAD}", r"\[agent\] Enter passkey")
    terminal.types("654321", "Failed to pair: org.bluez.Error.AuthenticationFailed")
    terminal.types("scan on", "Discovery started", rf"Device {KEYPAD}")
    terminal.types(f"pair {KEYPAD}", r"\[agent\] Enter passkey")
    terminal.types("123456", "Pairing successful")
    terminal.types("scan off", "Discovery stopped")

    # numeric comparison
    terminal.types(f"pair {PHONE}", r"\[agent\] Confirm passkey \d{6} \(yes/no\)")
    terminal.types("no", "Failed to pair: org.bluez.Error.AuthenticationFailed")
    terminal.types(f"pair {PHONE}", r"\[agent\] Confirm passkey \d{6} \(yes/no\)")
    terminal.types("yes", "Pairing successful")

    terminal.types(f"remove {PHONE}", "Device has been removed")
    terminal.types("power off", "Changing power off succeeded")
    terminal.types("power on", "Changing power on succeeded")
    terminal.ends()


main()
