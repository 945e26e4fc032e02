"""The server of many assets behind a proxy that harms a share of the requests, in one process of their own."""

import asyncio
import sys
from collections import Counter
from typing import Final

from _fault_proxy import Chances, FaultProxy, Harm
from _stub_server import pin
from _world_server import Assets, listen, obey

CHANCES: Final = Chances(
    share=0.3,
    weights={
        Harm.DOOR: 0.25,
        Harm.RESET_BEFORE: 1.0,
        Harm.RESET_AFTER: 1.0,
        Harm.TRUNCATE: 1.0,
        Harm.STALL_BEFORE: 0.25,
        Harm.STALL_AFTER: 0.25,
        Harm.BUSY: 1.0,
        Harm.ERROR_BEFORE: 1.0,
        Harm.ERROR_AFTER: 1.0,
    },
    silence=(1.2, 2.4),
    shut=(0.002, 0.02),
    hang_up=0.25,
    patience=(0,) * 59 + (1,),
)
SEED: Final = 1


async def serve() -> None:
    assets = Assets()
    async with await listen(assets) as server, FaultProxy(server.sockets[0].getsockname()[1], CHANCES, SEED) as proxy:

        def counts() -> Counter[str]:
            return assets.counts + Counter(requests=proxy.passed.total(), harmed=proxy.harmed.total())

        await obey(assets, int(proxy.url.rpartition(":")[2]), counts)


if __name__ == "__main__":
    pin(int(sys.argv[1]) if sys.argv[1:] and sys.argv[1] else None)
    asyncio.run(serve())
