*filter
:INPUT DROP [1:2]
-A INPUT -s 1.2.3.4 -j ACCEPT
COMMIT
----
