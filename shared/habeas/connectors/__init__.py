"""The connectors that ship with Habeas; they come in through entry points, like anyone's."""
