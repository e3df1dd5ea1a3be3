*filter
-A INPUT -j DROP
-D INPUT -j DROP
-D INPUT -s 10.0.0.1 -j DROP
COMMIT
----
rules:4:1: error: chain INPUT has no rule like this: -s 10.0.0.1/32 -j DROP [missing-rule]
  -D INPUT -s 10.0.0.1 -j DROP
  ^~~~~~~~~~~~~~~~~~~~~~~~~~~~
