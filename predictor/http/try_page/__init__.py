"""The page at `/` for people: photos in, answers out. Its parts are files of their own; build.py puts them together."""
