"""Whether what a file names is there, once each, and used."""

from collections.abc import Iterable, Sequence

from queue_service.offices.form import OfficeFile
from queue_service.offices.problems import Where, Wrong


def check_ids(file: OfficeFile, wrong: Wrong) -> None:
    for table in (
        "area", "pool", "queue", "counter", "service", "cap", "printer",
        "shift", "group", "attendance",
    ):  # fmt: skip
        rows = getattr(file, table)
        _check_once(table, "id", [row.id for row in rows], wrong)
    _check_once("queue", "letter", [queue.letter for queue in file.queue], wrong)
    if sum(queue.guidance for queue in file.queue) > 1:
        last = max(n for n, queue in enumerate(file.queue) if queue.guidance)
        wrong(
            ("queue", last, "guidance"),
            "chỉ được có một hàng hướng dẫn",
            "only one queue can be the guidance queue",
        )


def _check_once(table: str, key: str, values: Sequence[str], wrong: Wrong) -> None:
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            wrong(
                (table, index, key),
                f"{key} {value} đã dùng cho một {table} khác",
                f"another {table} has the {key} {value} already",
            )
        seen.add(value)


def check_references(file: OfficeFile, wrong: Wrong) -> None:
    first = file.area[0].id  # where everything is that names no area
    areas = {area.id for area in file.area}
    pools = {pool.id for pool in file.pool}
    queues = {queue.id: queue.area or first for queue in file.queue}
    for index, queue in enumerate(file.queue):
        check_known(("queue", index, "area"), queue.area or first, areas, "area", wrong)
        if queue.pool is not None:
            check_known(("queue", index, "pool"), queue.pool, pools, "pool", wrong)
    for index, counter in enumerate(file.counter):
        check_known(("counter", index, "area"), counter.area or first, areas, "area", wrong)
        for n, name in enumerate(counter.queues):
            where: Where = ("counter", index, "queues", n)
            check_known(where, name, queues, "queue", wrong)
            if queues.get(name, counter.area or first) != (counter.area or first):
                wrong(
                    where,
                    f"hàng {name} ở khu vực khác với quầy {counter.id}",
                    f"queue {name} is in another area than counter {counter.id}",
                )
    for index, service in enumerate(file.service):
        check_known(("service", index, "queue"), service.queue, queues, "queue", wrong)
    services = {service.id for service in file.service}
    for index, target in enumerate(file.target):
        if target.service is not None:
            check_known(("target", index, "service"), target.service, services, "service", wrong)
    _check_served(file, wrong)


def check_known(where: Where, name: str, known: Iterable[str], kind: str, wrong: Wrong) -> None:
    if name not in known:
        wrong(where, f"không có {kind} {name}", f"there is no {kind} {name}")


def _check_served(file: OfficeFile, wrong: Wrong) -> None:
    called = {name for counter in file.counter for name in counter.queues}
    asked = {service.queue for service in file.service}
    pools = {queue.pool for queue in file.queue}
    for index, queue in enumerate(file.queue):
        if queue.id not in called:
            wrong(
                ("queue", index),
                f"không quầy nào gọi hàng {queue.id}",
                f"no counter calls queue {queue.id}",
            )
        if queue.guidance and queue.id not in asked:
            wrong(
                ("queue", index, "guidance"),
                f"hàng hướng dẫn {queue.id} cần một thủ tục",
                f"the guidance queue {queue.id} needs a service",
            )
    for index, pool in enumerate(file.pool):
        if pool.id not in pools:
            wrong(
                ("pool", index),
                f"không hàng nào dùng nhóm {pool.id}",
                f"no queue is in pool {pool.id}",
            )
