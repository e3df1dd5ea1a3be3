% log=ring
*filter
:INPUT DROP [0:0]
:deny - [0:0]
-A INPUT -s 10.0.0.1 -m limit --limit 3/min -j deny
-A INPUT -s 10.0.0.2 -m limit --limit 3/min -j ACCEPT
-A deny -s 10.0.0.8/29 -m limit --limit 3/min -j RETURN
-A deny -m limit --limit 3/min -j LOG
COMMIT
----
maybe jump deny
#2 pass
maybe return
maybe log
