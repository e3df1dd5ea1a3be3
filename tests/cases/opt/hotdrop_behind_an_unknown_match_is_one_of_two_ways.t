% state=own log=ring
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p ipv6-mh -m mark --mark 1 -m mh --mh-type 4:9 -j LOG
-A INPUT -p ipv6-mh -m string --string "]" --algo bm --from 68 -m mh --mh-type 4:9 -j LOG
-A INPUT -m statistic --mode nth --every 2 --packet 0 -j DROP
COMMIT
----
#1 maybe drop: 2 terms
#1 maybe log: 2 terms
#2 maybe drop: 2 terms, mergeable
#2 drop, not counted: 3 terms, not mergeable
