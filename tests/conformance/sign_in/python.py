"""The official Python SDK of either generation, given nothing but the URL: `python python.py URL PERSON`

It discovers, registers, signs PERSON in with a scripted browser, calls a tool, and has to refresh when its token is about to expire.
NODE is the Node that runs the browser.
"""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import OAuthClientMetadata

# Nothing listens there: the scripted browser stops before it.
CALLBACK = "http://127.0.0.1:1/callback"
BROWSER = Path(__file__).parents[2] / "harness" / "browse.mjs"
url, person = sys.argv[1:]


class Memory:
    """What the SDK asks of whoever keeps its tokens."""

    tokens = client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class Browser:
    visits = 0

    async def open(self, authorization_url):
        self.visits += 1
        command = [os.environ["NODE"], str(BROWSER), person, authorization_url, CALLBACK]
        ended = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
        if ended.returncode:
            raise RuntimeError(ended.stderr)
        self.answer = {name: value for name, [value] in parse_qs(urlsplit(ended.stdout.strip()).query).items()}

    async def answered(self):
        code, state = self.answer["code"], self.answer["state"]
        try:
            from mcp.shared.auth import AuthorizationCodeResult
        except ImportError:
            return code, state
        return AuthorizationCodeResult(code=code, state=state, iss=self.answer.get("iss"))


@asynccontextmanager
async def connected(provider):
    try:
        from mcp.client.client import Client
    except ImportError:
        from mcp import ClientSession
        from mcp.client.streamable_http import streamablehttp_client

        async with streamablehttp_client(url, auth=provider) as (read, write, _), ClientSession(read, write) as session:
            await session.initialize()
            yield session
    else:
        from mcp.client.streamable_http import streamable_http_client
        from mcp.shared._httpx_utils import create_mcp_http_client

        async with create_mcp_http_client(auth=provider) as http_client, Client(streamable_http_client(url, http_client=http_client)) as client:
            yield client


async def walk():
    storage, browser = Memory(), Browser()
    metadata = OAuthClientMetadata(client_name="Python SDK", redirect_uris=[CALLBACK], grant_types=["authorization_code", "refresh_token"])
    provider = OAuthClientProvider(url, metadata, storage, redirect_handler=browser.open, callback_handler=browser.answered)
    async with connected(provider) as client:

        async def call():
            return (await client.call_tool("test_simple_text", {})).content[0].text

        tools = (await client.list_tools()).tools
        called = await call()
        before = storage.tokens
        # It refreshes by the clock and never on a 401.
        provider.context.token_expiry_time = 1
        again = await call()
        after = storage.tokens
    rotated = after.refresh_token != before.refresh_token and after.access_token != before.access_token
    return {"tools": len(tools), "called": called, "refreshed": again == called and rotated, "visits": browser.visits}


print(json.dumps(asyncio.run(walk())))
