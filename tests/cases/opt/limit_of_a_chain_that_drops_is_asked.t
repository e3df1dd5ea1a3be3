% log=ring
*filter
:INPUT DROP [0:0]
:deny - [0:0]
-A INPUT -s 10.0.0.1 -m limit --limit 3/min -j deny
-A deny -j LOG
-A deny -s 10.0.0.9 -j ACCEPT
COMMIT
----
#1 pass
