"""bleak: scan by service, connect, look, pair with the agent that bluetoothctl offers, notice the end."""

import asyncio

from bleak import BleakClient, BleakScanner
from bleak.exc import BleakDBusError
from terminal import Terminal

HEART_RATE = "0000180d-0000-1000-8000-00805f9b34fb"


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
    await asyncio.wait_for(gone.wait(), 10)
    agent.types("devices Paired", "My_Bluetooth_Device")
    agent.ends()


asyncio.run(main())
