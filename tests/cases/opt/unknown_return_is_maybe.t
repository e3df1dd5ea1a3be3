*filter
:INPUT ACCEPT [0:0]
:a - [0:0]
-A INPUT -s 10.0.0.0/8 -j a
-A a -m state --state NEW -j RETURN
-A a -j DROP
COMMIT
----
maybe return: 0 terms
drop: 0 terms
