"""Public surface for connectors and modules: roles, capabilities, settings, errors."""

from panstore.sdk.capabilities import Capabilities
from panstore.sdk.connectors import ConnectorSpec, Settings
from panstore.sdk.modules import FlowModule, StateModule
from panstore.sdk.roles import Connector, Report

__all__ = [
    "Capabilities",
    "Connector",
    "ConnectorSpec",
    "FlowModule",
    "Report",
    "Settings",
    "StateModule",
]
