"""bleak: scan by service, connect, read, write, listen, pair with the agent that bluetoothctl offers, notice the end."""

import asyncio

from bleak import BleakClient, BleakScanner
from bleak.exc import BleakDBusError
from terminal import Terminal

BATTERY_LEVEL, MAKER = (f"0000{number}-0000-1000-8000-00805f9b34fb" for number in ("2a19", "2a29"))
OPEN, PROTECTED = (f"486f64c6-4b5f-4b3b-8aff-ede134a8446{letter}" for letter in "ba")
HEART_RATE = "0000180d-0000-1000-8000-00805f9b34fb"


async def attributes(client):
    """What the GATT database of the device has, and what it does."""
    found = {each.uuid[4:8] for each in client.services}
    assert found >= {"180a", "180f", "505c"}, found
    characteristic = client.services.get_characteristic(OPEN)
    assert set(characteristic.properties) == {"read", "write", "write-without-response", "notify"}, characteristic.properties
    assert [each.uuid[4:8] for each in characteristic.descriptors] == ["2902"], characteristic.descriptors
    assert characteristic.max_write_without_response_size == 514, characteristic.max_write_without_response_size
    assert await client.read_gatt_char(BATTERY_LEVEL) == b"\x4d"
    assert await client.read_gatt_char(MAKER) == b"Acme"

    # by signals, and over a socket
    for signals in (True, False):
        heard = asyncio.Queue()
        told = {"use_start_notify": signals}
        await client.start_notify(OPEN, lambda _, value, heard=heard: heard.put_nowait(bytes(value)), bluez=told)
        for value, response in ((b"with", True), (b"without", False)):
            await client.write_gatt_char(OPEN, value, response=response)
            assert await asyncio.wait_for(heard.get(), 5) == value
        await client.stop_notify(OPEN)
        await client.write_gatt_char(OPEN, b"silent", response=True)
        assert await client.read_gatt_char(OPEN) == b"silent"
        assert heard.empty(), heard


async def main():
    found = asyncio.get_running_loop().create_future()

    def seen(device, advertisement):
        if device.name == "My_Bluetooth_Device" and not found.done():
            found.set_result((device, advertisement))

    async with BleakScanner(seen, service_uuids=[HEART_RATE]):
        device, advertisement = await asyncio.wait_for(found, 20)
    assert device.address == "C0:DE:00:00:00:01", device
    assert advertisement.manufacturer_data == {0x004C: b"\x02\x15"}, advertisement
    assert HEART_RATE in advertisement.service_uuids and advertisement.rssi == -52, advertisement
    assert await BleakScanner.find_device_by_name("Nobody", timeout=1) is None

    gone = asyncio.Event()
    async with BleakClient(device, disconnected_callback=lambda _: gone.set(), timeout=20) as client:
        assert client.is_connected
        await attributes(client)
        # no agent: bleak brings none
        try:
            await client.pair()
        except BleakDBusError as error:
            assert error.dbus_error == "org.bluez.Error.AuthenticationFailed", error
        else:
            raise AssertionError("it pairs without an agent")

    # on a desktop, somebody else has one
    await asyncio.wait_for(gone.wait(), 10)
    gone.clear()
    agent = Terminal("--agent", "NoInputNoOutput")
    agent.shows("Agent registered")
    async with BleakClient(device, disconnected_callback=lambda _: gone.set(), timeout=20, pair=True) as client:
        assert client.is_connected and not gone.is_set()
        assert await client.read_gatt_char(PROTECTED) == b"secret"
    await asyncio.wait_for(gone.wait(), 10)
    agent.types("devices Paired", "My_Bluetooth_Device")
    agent.ends()


asyncio.run(main())
