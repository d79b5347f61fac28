"""python-bluezero: the adapter, a discovery, a device, and what it is told of them."""

import time

from bluezero import adapter, central, device


def main():
    (own,) = adapter.Adapter.available()
    assert own.address == "00:AA:01:00:00:42" and own.powered, own
    own.alias = "bluezero"
    # bluetoothd shows it once the kernel has taken it, a moment after its answer
    end = time.monotonic() + 2
    while (alias := adapter.Adapter(own.address).alias) != "bluezero":
        assert time.monotonic() < end, alias
        time.sleep(0.01)

    found = []
    own.on_device_found = lambda each: found.append(each.address)
    own.nearby_discovery(timeout=3)
    assert "C0:DE:00:00:00:01" in found, found

    headset = central.Central("C0:DE:00:00:00:01", own.address)
    headset.connect()
    assert headset.connected and headset.services_resolved
    remote = device.Device(own.address, "C0:DE:00:00:00:01")
    assert remote.name == "My_Bluetooth_Device", remote.name
    remote.trusted = True
    assert remote.trusted
    assert not remote.paired
    headset.disconnect()
    assert not headset.connected
    own.remove_device(remote.remote_device_path)
    assert all(each.address != "C0:DE:00:00:00:01" for each in device.Device.available())


main()
