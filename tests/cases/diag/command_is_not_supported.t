*filter
-A INPUT -j DROP
-D INPUT -j DROP
COMMIT
----
rules:3:1: error: '-D' is no command of a rule file here: -A, -I, -N, -P and -F are [unsupported-command]
  -D INPUT -j DROP
  ^~
