"""The durable consumers of the tools. The platform makes them: one who may make a consumer may read what he likes.

They are made again where the broker has lost its data, from the start of the stream; like every reader of the stream
a tool may be told of an event twice.
"""

from collections.abc import Sequence

import nats.js.errors
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from deploy.tools import permissions
from deploy.tools.table import Tool

PREFIX = "tool_"
ACK_WAIT_SECONDS = 30.0
_AHEAD = 1000  # events that a tool may hold without having acknowledged one


async def keep_durables(jetstream: JetStreamContext, tools: Sequence[Tool]) -> None:
    """Make what is missing, change what a tool may read, delete those of revoked tools. None where there is no stream.

    Raises the errors of the client where the broker does not answer.
    """
    try:
        found = await jetstream.consumers_info(permissions.SERVICES)
    except nats.js.errors.NotFoundError:
        return  # the services make the stream
    there = {one.name: one.config for one in found if one.name.startswith(PREFIX)}
    for tool in tools:
        known = there.pop(tool.durable, None)
        subjects = permissions.reads(tool)
        if known is None or _subjects(known) != subjects:
            await jetstream.add_consumer(permissions.SERVICES, _config(tool, subjects))
    for name in there:
        await jetstream.delete_consumer(permissions.SERVICES, name)


def _subjects(config: ConsumerConfig) -> list[str]:
    return sorted(config.filter_subjects or filter(None, [config.filter_subject]))


def _config(tool: Tool, subjects: list[str]) -> ConsumerConfig:
    return ConsumerConfig(
        name=tool.durable,  # with both names the client asks under the subject that the broker's user may use
        durable_name=tool.durable,
        description=f"The tool {tool.name}: {', '.join(tool.read)}",
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT_SECONDS,
        max_deliver=-1,
        deliver_subject=permissions.delivered_to(tool),
        deliver_group=permissions.GROUP,
        max_ack_pending=_AHEAD,
        filter_subjects=subjects,
    )
