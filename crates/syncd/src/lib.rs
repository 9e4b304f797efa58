//! Decides what becomes one commit, and when: the door, the jobs, the follow loop, replay.
