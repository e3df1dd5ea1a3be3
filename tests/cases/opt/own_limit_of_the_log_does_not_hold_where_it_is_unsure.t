% state=own log=ring
*filter
:INPUT ACCEPT [0:0]
:LOGGING - [0:0]
-A INPUT -m limit --limit 1/s -j LOG
-A INPUT -m addrtype --dst-type BROADCAST -j DROP
-A INPUT -m limit --limit 1/s -j LOGGING
-A INPUT -m limit --limit 1/s -j ACCEPT
-A INPUT -j DROP
-A LOGGING -j LOG
COMMIT
----
#1 log: 1 terms whole short stub
#1 maybe log: 0 terms fragment
#3 jump LOGGING: 1 terms whole short stub
#3 maybe jump LOGGING: 0 terms fragment
#4 pass: 1 terms whole short stub
