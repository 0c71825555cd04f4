"""Fuzzing: requests made of bytes, sent to an application that uses everything, until one of them breaks a promise."""
