*filter
-A INPUT -j DROP # why
COMMIT
----
rules:2:18: error: '#' belongs to no option; a comment has a line of its own [bad-argument]
  -A INPUT -j DROP # why
                   ^
