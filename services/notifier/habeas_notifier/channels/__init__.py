"""The ways to reach a person; each is a plug-in of the group `habeas.channels`, ours like anyone else's."""
