"""bluetoothctl at a terminal: find, pair in three ways, refuse, connect, look, read, write, listen, forget."""

from terminal import Terminal

OPEN, PROTECTED = (f"486f64c6-4b5f-4b3b-8aff-ede134a8446{letter}" for letter in "ba")
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

    # its GATT database
    terminal.types("menu gatt", "Menu gatt")
    known = ("Battery Level", "Manufacturer Name String", OPEN, "Client Characteristic Configuration")
    terminal.types(f"list-attributes {DEVICE}", *known)
    terminal.types("select-attribute 00002a29-0000-1000-8000-00805f9b34fb", "char0013")
    terminal.types("read", "41 63 6d 65 .* Acme")
    terminal.types(f"select-attribute {PROTECTED}", "char001a")
    terminal.types("read", "73 65 63 72 65 74 .* secret")
    terminal.types(f"select-attribute {OPEN}", "char001c")
    terminal.types("attribute-info", "Flags: read", "Flags: notify", "MTU: 0x0205")
    terminal.types("notify on", "Notifying: yes", "Notify started")
    terminal.types('write "0x68 0x69"', "Attempting to write", "68 69 .* hi")
    terminal.types("notify off", "Notify stopped")
    terminal.types("acquire-write", "AcquireWrite success", "MTU 517")
    terminal.types("release-write", r"Write\S* (closed|released)|WriteAcquired: no")
    terminal.types("back", "Menu main")

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
