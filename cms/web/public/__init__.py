"""The public pages: what was heard where, for everybody, without sign-in, cookie or script. See ``docs/public.md``."""
