*filter
-A INPUT -m state -j ACCEPT
COMMIT
----
rules:2:10: error: state needs --state [missing-option]
  -A INPUT -m state -j ACCEPT
           ^~~~~~~~
