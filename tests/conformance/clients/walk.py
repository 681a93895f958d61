"""The official Python SDK: `python walk.py URL ERA` walks through as the TypeScript clients do, and prints what it saw."""

import asyncio
import json
import sys

from mcp import MCPError, types
from mcp.client.client import Client

MODES = {"modern": "2026-07-28", "legacy": "legacy"}


def text(result):
    return "".join(part.text for part in result.content)


async def filled_in(_context, params):
    properties = params.requested_schema["properties"]
    return types.ElicitResult(action="accept", content={name: "Ada" for name in sorted(properties)})


async def outcome(call):
    try:
        result = await call
        refusal = (result.meta or {}).get("dev.weir/refusal")
        return f"refused {refusal['code']}" if refusal else text(result)
    except MCPError as refused:
        return f"error {refused.error.code}"


async def walk(url, era):
    steps = []

    async def on_progress(progress, _total, _message):
        steps.append(int(progress))

    async with Client(url, mode=MODES[era], elicitation_callback=filled_in) as client:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        asking = next(name for name in ("test_input_required_result_elicitation", "test_elicitation") if name in tools)
        templates = (await client.list_resource_templates()).resource_templates
        prompt = types.PromptReference(type="ref/prompt", name="test_prompt_with_arguments")
        return {
            "version": client.protocol_version,
            "tools": len(tools),
            "resources": len((await client.list_resources()).resources),
            "templates": [template.uri_template for template in templates],
            "prompts": len((await client.list_prompts()).prompts),
            "called": text(await client.call_tool("test_simple_text", {})),
            "reported": text(await client.call_tool("test_tool_with_progress", {}, progress_callback=on_progress)),
            "steps": steps,
            "read": (await client.read_resource("test://static-text")).contents[0].text,
            "templated": json.loads((await client.read_resource("test://template/7/data")).contents[0].text)["id"],
            "prompted": (await client.get_prompt("test_prompt_with_arguments", {"arg1": "one", "arg2": "two"})).messages[0].content.text,
            "completed": (await client.complete(prompt, {"name": "arg1", "value": "par"})).completion.values,
            "asked": await outcome(client.call_tool(asking, {"message": "Who is there?"})),
            "unknown": await outcome(client.call_tool("no_such_tool", {})),
        }


print(json.dumps(asyncio.run(walk(*sys.argv[1:]))))
