# SPDX-License-Identifier: BSD-2-Clause
"""How soon a SET is on the wire, and what it costs the others when the UPS is slow."""
import random
import statistics
import time

from control_lab import FACES, percentile, site, snmp
from lab import Failed, UPS_MIB, wait_for

AUDIBLE = "1.9.8.0"  # upsConfigAudibleStatus: disabled(1), enabled(2); each SET of it is one write
SOURCE = UPS_MIB + ".1.4.1.0"
REGISTER = 11046  # where the beeper's state is
SET_WAIT = 0.4
LINES = {False: ("turnaround=0", "model=UPS2000"), True: ("--paced", "turnaround=20", "model=UPS2000")}
BUSY = {False: ("turnaround=40", "model=UPS2000"), True: LINES[True]}
SLACK = 0.02  # seconds beyond set-wait that an answer may take


def other(place):
    """The value that the beeper does not have."""
    return 3 - place.value(AUDIBLE)


def send(place, value):
    """SETs the beeper; when it was sent, and when it was answered."""
    began = time.monotonic()
    place.client.set((f"{UPS_MIB}.{AUDIBLE}", snmp.INTEGER, value))
    return began, time.monotonic()


def written(transactions, since):
    """The write of the beeper's register."""
    found = [t for t in transactions if t.sent >= since and t.writes(REGISTER)]
    if not found:
        raise Failed("a SET that was answered noError is not on the wire")
    return found[0]


def on_idle_bus(lab, standalone, count, rtu):
    """Seconds from a SET's sending to the first byte of its write, nothing else being on the wire."""
    delays = []
    with site(lab, standalone, {"pollinterval": 2, "pollfreq": 600}, rtu=rtu,
              options=LINES[rtu]) as place:
        place.wire.until_quiet()
        for _ in range(count):
            began, _ = send(place, other(place))
            seen = place.wire.until_quiet()
            delays.append(written(seen, began).sent - began)
    return delays


def in_a_refresh(lab, standalone, count, rtu, chance):
    """The same while the bus is busy without a pause: seconds beyond the end of the transaction that
    was in flight when the SET was sent, and the length of these transactions."""
    excess, lengths = [], []
    settings = {"pollinterval": 0.5, "pollfreq": 0.5}
    with site(lab, standalone, settings, rtu=rtu, options=BUSY[rtu]) as place:
        for _ in range(20 * count):
            if len(excess) == count:
                return excess, lengths
            value = other(place)
            time.sleep(chance.uniform(0, 0.4))
            place.wire.transactions()
            began, _ = send(place, value)
            wait_for(lambda v=value: place.value(AUDIBLE) == v, 10, "the beeper")
            seen = place.wire.transactions()
            flying = [t for t in seen if t.sent < began and t.answered and t.answered > began]
            if flying:
                excess.append(written(seen, began).sent - flying[0].answered)
                lengths.append(flying[0].answered - flying[0].sent)
    raise Failed(f"only {len(excess)} of {count} SETs met a transaction in flight")


def gets_beside(place, reader, seconds):
    """GETs one after the other for so long: how long each took."""
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        reader.get(SOURCE)
        times.append(time.monotonic() - began)
    return times


def beside_a_slow_ups(lab, standalone, rounds, delay):
    """Latencies of a stream of GETs while a SET waits for a UPS that takes `delay` ms to answer."""
    every = []
    with site(lab, standalone, {"set-wait": SET_WAIT, "pollinterval": 2, "pollfreq": 600}) as place:
        reader = snmp.Client(place.port, "public", timeout=10, retries=0)
        try:
            calm = gets_beside(place, reader, 1)
            for _ in range(rounds):
                value = other(place)
                place.wire.until_quiet()
                place.sim.command(f"delay {delay}")
                place.client.post((f"{UPS_MIB}.{AUDIBLE}", snmp.INTEGER, value))
                every.append(gets_beside(place, reader, delay / 1000 + 0.5))
                place.sim.command("delay off")
                wait_for(lambda v=value: place.value(AUDIBLE) == v, 30, "the beeper", place.child)
        finally:
            reader.close()
    return calm, every


def without_waiting(lab, standalone, count):
    """How long SETs take with set-wait = 0 while the UPS needs 0.1 s for each transaction."""
    times = []
    settings = {"set-wait": 0, "pollinterval": 2, "pollfreq": 600}
    with site(lab, standalone, settings, options=("turnaround=100", "model=UPS2000")) as place:
        for _ in range(count):
            value = other(place)
            began, answered = send(place, value)
            times.append(answered - began)
            wait_for(lambda v=value: place.value(AUDIBLE) == v, 10, "the beeper", place.child)
    return times


def show(report, title, seconds):
    ms = [1000 * s for s in seconds]
    report.text(f"{title:58}{len(ms):5} SETs, median {statistics.median(ms):7.2f}, "
                f"p99 {percentile(ms, 0.99):7.2f}, max {max(ms):7.2f} ms")
    return ms


def measure_wire(lab, report, face, count, chance):
    found = {}
    lines = {"Modbus TCP": False, "RTU": True}
    for line, rtu in lines.items():
        if rtu and FACES[face]:
            continue  # the wire has been seen, and does not know who asks
        ms = show(report, f"{face}, {line}: idle bus, SET to first byte",
                  on_idle_bus(lab, FACES[face], count // 3 if rtu else count, rtu))
        report.target(f"{face}, {line}: SET to first byte, idle bus, median", statistics.median(ms), 5, "ms",
                      why=f"p99 {percentile(ms, 0.99):.1f}")
        excess, lengths = in_a_refresh(lab, FACES[face], count // 3, rtu, chance)
        late = show(report, f"{face}, {line}: refresh, beyond the transaction in flight", excess)
        # An RTU line rests between two frames, before a command as before anything else.
        report.target(f"{face}, {line}: SET in a full refresh, beyond that, median", statistics.median(late),
                      25 if rtu else 5, "ms", why=f"p99 {percentile(late, 0.99):.1f}; that transaction takes "
                      f"{1000 * statistics.median(lengths):.0f} ms"
                      + (", the line rests 20 ms after it" if rtu else ""))
        found[line] = {"idle": ms, "refresh": late}
    return found


def measure_waits(lab, report, face, rounds=3, delay=3000):
    calm, every = beside_a_slow_ups(lab, FACES[face], rounds, delay)
    worst = max(max(times) for times in every)
    slow = [sum(t > SET_WAIT / 2 for t in times) for times in every]
    report.text(f"{face}: GETs beside a SET that the UPS answers after {delay / 1000:.0f} s: "
                f"{sum(map(len, every))} GETs, longest {', '.join(f'{1000 * max(t):.0f}' for t in every)} ms, "
                f"without it {1000 * max(calm):.0f} ms")
    report.target(f"{face}: UPS takes 3 s: longest GET", 1000 * worst, round(1000 * (SET_WAIT + SLACK)), "ms",
                  why=f"set-wait is {1000 * SET_WAIT:.0f} ms")
    report.target(f"{face}: UPS takes 3 s: GETs that waited, for each SET", max(slow), 1, "",
                  why=f"more than {1000 * SET_WAIT / 2:.0f} ms")
    ms = show(report, f"{face}, set-wait = 0: SET to its answer", without_waiting(lab, FACES[face], 50))
    report.target(f"{face}: set-wait = 0: SET answered, max of 50", max(ms), 20, "ms",
                  why="the UPS takes 100 ms for each transaction")
    return {"gets": every, "calm": calm, "at_once": ms}


def run_sets(lab, report, count=100):
    chance = random.Random(1628)
    found = {}
    for face in FACES:
        found[face] = {"wire": measure_wire(lab, report, face, count, chance),
                       "waits": measure_waits(lab, report, face)}
    report.data("set", found)
