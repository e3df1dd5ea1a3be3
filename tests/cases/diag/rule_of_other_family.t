*filter
-A INPUT -s 1.2.3.4 -j DROP
-A INPUT -6 -s ::1 -j DROP
COMMIT
----
rules:3:1: warning: a rule for IPv6 in a file for IPv4 is skipped [other-family]
  -A INPUT -6 -s ::1 -j DROP
  ^~~~~~~~~~~~~~~~~~~~~~~~~~
