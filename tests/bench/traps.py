# SPDX-License-Identifier: BSD-2-Clause
"""How soon a notification is there, and whether all of a burst are."""
import statistics
import time

from control_lab import FACES, percentile, site, snmp, wait_traps
from lab import Failed, PLAYPEN, UPS_MIB, wait_for

OWN = PLAYPEN + ".1628"
OWN_ADDED, OWN_CLEARED = OWN + ".2.0.14", OWN + ".2.0.15"
RFC_ADDED = UPS_MIB + ".2.3"
SEQUENCE, IDENTITY = OWN + ".1.7.1.0", OWN + ".1.7.4.0"
ON_BATTERY = UPS_MIB + ".1.6.3.2"
SOURCE = UPS_MIB + ".1.4.1.0"
ALARMS_PRESENT = UPS_MIB + ".1.6.1.0"
MODE = 11024  # the register that says where the output's power comes from
LEAST = 5000  # notifications that a burst must have
ALARM_WORDS = range(40155, 40184)


def first_reply(transactions, changed):
    """When the first reply was complete that shows a mode for which changed(value) holds."""
    for t in transactions:
        value = t.read(MODE)
        if value is not None and changed(value):
            return t.answered
    raise Failed("no reply shows the change")


def measure_changes(lab, standalone, rounds):
    """Seconds from the last byte of the reply that shows that the UPS is on battery, or is no more, to
    the datagram that tells it."""
    delays = []
    settings = {"pollinterval": 0.2, "pollfreq": 600}
    with site(lab, standalone, settings,
              options=("--speed", "20", "turnaround=0", "model=UPS2000")) as place:
        for _ in range(rounds):
            for command, trap in (("mains off", OWN_ADDED), ("mains on", OWN_CLEARED)):
                place.wire.transactions()
                place.sink.take()
                before = int(place.sim.command(f"get register {MODE}"))
                place.sim.command(command)
                when = wait_traps(place.sink, lambda _, t, v, wanted=trap: t == wanted
                                  and v.get(IDENTITY) == ON_BATTERY, 10, f"the notification of {command}")
                delays.append(when - first_reply(place.wire.transactions(), lambda v: v != before))
    return delays


def read_while(place, seconds, done):
    """GETs one after the other until done(), at most for so long: how long each took."""
    times, end = [], time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        began = time.monotonic()
        place.client.get(SOURCE)
        times.append(time.monotonic() - began)
        time.sleep(0.002)
    return times


def alarm_rows(place, count):
    """Rows of all units' alarm tables."""
    total = 0
    for i in range(1, count + 1):
        client = snmp.Client(place.port, f"u{i}", timeout=10, retries=0)
        try:
            total += client.value(ALARMS_PRESENT) or 0
        finally:
            client.close()
    return total


def measure_burst(lab, units):
    """All alarms of many UPSes begin at once: what of it arrives, while the master is read."""
    received = []

    def arrived():
        received.extend(place.sink.take())
        return len([r for r in received if r[1] in (OWN_ADDED, RFC_ADDED)])

    with site(lab, False, {"pollinterval": 1, "pollfreq": 600}, count=units, relayed=False,
              protocol="huawei-ups2000-20k", options=("turnaround=0",)) as place:
        wait_for(lambda: alarm_rows(place, units) == 0, 20, "no alarms", place.child)
        place.sink.take()
        for register in ALARM_WORDS:
            place.sim.command(f"register {register} 65535")
        began = time.monotonic()
        wait_for(lambda: arrived() > 0, 20, "the first notification", place.child)
        last = [0, time.monotonic()]

        def settled():
            """Nothing new for a while."""
            now = arrived()
            if now != last[0]:
                last[:] = now, time.monotonic()
            return time.monotonic() - last[1] > 3
        times = read_while(place, 120, settled)
        rows = alarm_rows(place, units)
        alive = place.master.child.poll() is None
    return {"rows": rows, "received": received, "gets": times, "alive": alive,
            "seconds": last[1] - began}


def show_burst(report, burst):
    added = {kind: [r for r in burst["received"] if r[1] == kind] for kind in (OWN_ADDED, RFC_ADDED)}
    numbers = [dict(values)[SEQUENCE] for _, _, values in added[OWN_ADDED]]
    expected = 2 * burst["rows"]
    arrived = len(added[OWN_ADDED]) + len(added[RFC_ADDED])
    report.text(f"{expected} notifications of {burst['rows']} alarms that began at once: {arrived} arrived "
                f"within {burst['seconds']:.1f} s; {len(burst['gets'])} GETs beside them, longest "
                f"{1000 * max(burst['gets']):.0f} ms")
    if expected < LEAST:
        raise Failed(f"a burst of {expected} notifications only")
    report.target("notifications of a burst that are missing", expected - arrived, 0, "",
                  also=arrived == expected, why=f"of {expected}; the receiver's buffer is the system's")
    report.target("... out of order or twice", sum(b <= a for a, b in zip(numbers, numbers[1:])), 0, "")
    report.target("... longest GET meanwhile", 1000 * max(burst["gets"]), 200, "ms",
                  also=burst["alive"], why="" if burst["alive"] else "snmpd has ended")


def run_traps(lab, report, rounds=20, units=17):
    found = {}
    for face, standalone in FACES.items():
        ms = [1000 * s for s in measure_changes(lab, standalone, rounds)]
        found[face] = ms
        report.text(f"{face}: reply that shows a change to notification: {len(ms)} changes, median "
                    f"{statistics.median(ms):.2f}, p99 {percentile(ms, 0.99):.2f}, max {max(ms):.2f} ms")
        report.target(f"{face}: reply to notification, median", statistics.median(ms), 50, "ms",
                      why=f"p99 {percentile(ms, 0.99):.1f}")
    burst = measure_burst(lab, units)
    show_burst(report, burst)
    report.data("trap", {"changes": found, "burst": {k: v for k, v in burst.items() if k != "received"}})
