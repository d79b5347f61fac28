"""The floor of pair-and-reconnect: the same D-Bus calls, each sent on the signal that allows it, and nothing else.

No program that does this job on BlueZ can be faster by more than its own overhead. Prints two times in seconds, from the
first call on: until the last reconnection, and until the device is forgotten again, which a bench that is put back has to wait
for too. Python's own start, long in an emulated machine, is in neither.
"""

import asyncio
import sys
import time

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.constants import BusType

BLUEZ, ADAPTER, AGENT = "org.bluez", "/org/bluez/hci0", "/floor/agent"
PROPERTIES = "org.freedesktop.DBus.Properties"
LIMIT = 60


class Floor:
    def __init__(self, bus, name):
        self.bus, self.name = bus, name
        self.objects = {}
        self.changed = asyncio.Event()
        bus.add_message_handler(self.hear)

    def hear(self, message):
        """Keep the properties of every object; answer whatever the agent is asked with yes."""
        if message.message_type == MessageType.METHOD_CALL and message.path == AGENT:
            return Message.new_method_return(message)
        if message.message_type != MessageType.SIGNAL:
            return None
        if message.member == "PropertiesChanged":
            interface, changed, gone = message.body
            properties = self.objects.setdefault(message.path, {}).setdefault(interface, {})
            properties.update(changed)
            for name in gone:
                properties.pop(name, None)
        elif message.member == "InterfacesAdded":
            self.objects.setdefault(message.body[0], {}).update(message.body[1])
        elif message.member == "InterfacesRemoved":
            for interface in message.body[1]:
                self.objects.get(message.body[0], {}).pop(interface, None)
        self.changed.set()
        return None

    async def call(self, path, interface, member, signature="", *body, destination=BLUEZ):
        reply = await self.bus.call(
            Message(
                destination=destination,
                path=path,
                interface=interface,
                member=member,
                signature=signature,
                body=list(body),
            )
        )
        if reply.message_type == MessageType.ERROR:
            sys.exit(f"floor: {member}: {reply.error_name} {reply.body}")
        return reply.body

    async def set(self, path, interface, name, signature, value):
        await self.call(path, PROPERTIES, "Set", "ssv", interface, name, Variant(signature, value))

    def value(self, path, interface, name):
        variant = self.objects.get(path, {}).get(interface, {}).get(name)
        return variant and variant.value

    async def until(self, condition):
        async with asyncio.timeout(LIMIT):
            while not (found := condition()):
                self.changed.clear()
                await self.changed.wait()
        return found

    async def until_value(self, path, interface, name, value):
        await self.until(lambda: self.value(path, interface, name) == value)

    def device(self):
        for path, interfaces in self.objects.items():
            if self.value(path, "org.bluez.Device1", "Name") == self.name and "org.bluez.Device1" in interfaces:
                return path
        return None

    async def pair_and_reconnect(self):
        adapter, device1 = "org.bluez.Adapter1", "org.bluez.Device1"
        (self.objects,) = await self.call("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
        if not self.value(ADAPTER, adapter, "Powered"):
            await self.set(ADAPTER, adapter, "Powered", "b", True)
            await self.until_value(ADAPTER, adapter, "Powered", True)
        await self.call(ADAPTER, adapter, "StartDiscovery")
        path = await self.until(self.device)
        await self.call(ADAPTER, adapter, "StopDiscovery")
        await self.set(path, device1, "Trusted", "b", True)
        await self.call("/org/bluez", "org.bluez.AgentManager1", "RegisterAgent", "os", AGENT, "NoInputNoOutput")
        await self.call(path, device1, "Pair")
        if not self.value(path, device1, "Connected"):
            await self.call(path, device1, "Connect")
            await self.until_value(path, device1, "Connected", True)
        for _ in range(3):
            await self.call(path, device1, "Disconnect")
            await self.until_value(path, device1, "Connected", False)
            await self.call(path, device1, "Connect")
            await self.until_value(path, device1, "Connected", True)
        return path


async def main(name):
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    floor = Floor(bus, name)
    dbus, rule = "org.freedesktop.DBus", f"type='signal',sender='{BLUEZ}'"
    await floor.call("/org/freedesktop/DBus", dbus, "AddMatch", "s", rule, destination=dbus)
    start = time.monotonic()
    path = await floor.pair_and_reconnect()
    reconnected = time.monotonic() - start
    await floor.call(ADAPTER, "org.bluez.Adapter1", "RemoveDevice", "o", path)
    await floor.call("/org/bluez", "org.bluez.AgentManager1", "UnregisterAgent", "o", AGENT)
    forgotten = time.monotonic() - start
    print(f"{reconnected:.3f} {forgotten:.3f}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "My_Bluetooth_Device"))
