"""FastMCP's client of either generation, given nothing but the URL: `python fast_mcp.py URL PERSON`

`auth="oauth"` is all that is said. It opens the program that BROWSER names, which is the scripted browser here; VISITS counts.
"""

import asyncio
import json
import os
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
url, person = sys.argv[1:]
browse = Path(__file__).parents[2] / "harness" / "browse.mjs"
# In the background: FastMCP waits for its browser, and listens only afterwards.
os.environ["BROWSER"] = f"{os.environ['NODE']} {browse} {person} %s &"

from fastmcp import Client  # noqa: E402  (`webbrowser` reads BROWSER when it is first imported)


async def walk():
    async with Client(url, auth="oauth") as client:

        async def call():
            return (await client.call_tool("test_simple_text", {})).content[0].text

        tools = await client.list_tools()
        called = await call()
        provider = client.transport.auth
        before = provider.context.current_tokens
        provider.context.token_expiry_time = 1
        again = await call()
        after = provider.context.current_tokens
    rotated = after.refresh_token != before.refresh_token and after.access_token != before.access_token
    visits = len(Path(os.environ["VISITS"]).read_text().splitlines())
    return {"tools": len(tools), "called": called, "refreshed": again == called and rotated, "visits": visits}


print(json.dumps(asyncio.run(walk())))
