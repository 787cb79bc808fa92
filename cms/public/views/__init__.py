"""Public pages: past airings by place, for everybody, without sign-in, cookie or script. See ``docs/public.md``."""
