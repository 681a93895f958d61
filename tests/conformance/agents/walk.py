"""Agents of three frameworks, driven by a scripted model: a tool call is refused, and the run goes on.

    walk.py URL FRAMEWORK     prints one line of JSON: what the model was told after each of its calls, and the answer

The script: the model calls a tool with an argument that policy refuses, then another tool, then answers. A framework that
takes the refusal for a broken tool ends the run instead, and the line says so.
"""

import asyncio
import json
import sys

REFUSED = ("test_sampling", {"prompt": "marketing"})
ALLOWED = ("test_simple_text", {})
ANSWER = "done"
SCRIPT = [REFUSED, ALLOWED, None]


async def langgraph(url):
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, ToolMessage
    from langchain_core.outputs import ChatGeneration, ChatResult
    from langchain_mcp_adapters.client import MultiServerMCPClient
    from langgraph.prebuilt import create_react_agent

    class Scripted(BaseChatModel):
        @property
        def _llm_type(self):
            return "scripted"

        def bind_tools(self, tools, **_):
            return self

        def _generate(self, messages, stop=None, run_manager=None, **_):
            step = SCRIPT[sum(isinstance(message, ToolMessage) for message in messages)]
            call = [] if step is None else [{"name": step[0], "args": step[1], "id": f"call-{len(messages)}"}]
            message = AIMessage(content="" if call else ANSWER, tool_calls=call)
            return ChatResult(generations=[ChatGeneration(message=message)])

    client = MultiServerMCPClient({"weir": {"transport": "streamable_http", "url": url}})
    agent = create_react_agent(Scripted(), await client.get_tools())
    state = await agent.ainvoke({"messages": [("user", "go")]})
    told = [text(message.content) for message in state["messages"] if isinstance(message, ToolMessage)]
    return told, state["messages"][-1].content


async def openai(url):
    from agents import Agent, Model, ModelResponse, RunConfig, Runner, Usage, set_tracing_disabled
    from agents.mcp import MCPServerStreamableHttp
    from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

    set_tracing_disabled(True)

    def outputs(items):
        return [item["output"] for item in items if isinstance(item, dict) and item.get("type") == "function_call_output"]

    class Scripted(Model):
        async def get_response(self, system_instructions, input, *_, **__):
            items = input if isinstance(input, list) else []
            step = SCRIPT[len(outputs(items))]
            if step is None:
                part = ResponseOutputText(type="output_text", text=ANSWER, annotations=[])
                made = ResponseOutputMessage(id="m", type="message", role="assistant", status="completed", content=[part])
            else:
                name, arguments = step
                made = ResponseFunctionToolCall(type="function_call", call_id=f"call-{len(items)}", name=name, arguments=json.dumps(arguments))
            return ModelResponse(output=[made], usage=Usage(), response_id=None)

        def stream_response(self, *_, **__):
            raise NotImplementedError

    async with MCPServerStreamableHttp(params={"url": url}) as server:
        agent = Agent(name="agent", model=Scripted(), mcp_servers=[server])
        run = await Runner.run(agent, "go")
    return [text(output) for output in outputs(run.to_input_list())], run.final_output


async def pydantic(url):
    from pydantic_ai import Agent
    from pydantic_ai.mcp import MCPToolset
    from pydantic_ai.messages import ModelResponse, RetryPromptPart, TextPart, ToolCallPart, ToolReturnPart
    from pydantic_ai.models.function import FunctionModel

    def told(messages):
        parts = [part for message in messages for part in message.parts]
        return [part.content for part in parts if isinstance(part, (ToolReturnPart, RetryPromptPart))]

    def scripted(messages, _):
        step = SCRIPT[len(told(messages))]
        return ModelResponse(parts=[TextPart(ANSWER) if step is None else ToolCallPart(*step)])

    run = await Agent(FunctionModel(scripted), toolsets=[MCPToolset(url)]).run("go")
    return [text(content) for content in told(run.all_messages())], run.output


def text(content):
    """The text of a tool's output, however the framework wraps it."""
    return content if isinstance(content, str) else json.dumps(content, default=str)


def main():
    url, framework = sys.argv[1:3]
    run = {"langgraph": langgraph, "openai-agents": openai, "pydantic-ai": pydantic}[framework]
    try:
        told, answer = asyncio.run(run(url))
        seen = {"told": told, "answer": answer}
    except Exception as error:  # A framework may end a run by any of its own.
        seen = {"ended": f"{type(error).__name__}: {error}"}
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
