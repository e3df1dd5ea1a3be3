*filter
-p tcp -j DROP
COMMIT
----
rules:2:1: error: no command: -A CHAIN adds a rule, -I, -D, -R, -N, -X, -F, -P, -E and -Z do the rest [no-command]
  -p tcp -j DROP
  ^~~~~~~~~~~~~~
