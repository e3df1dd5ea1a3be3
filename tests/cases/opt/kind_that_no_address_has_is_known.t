% c
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m addrtype --src-type BLACKHOLE,THROW -j ACCEPT
-A PREROUTING -p tcp -m addrtype --dst-type UNICAST,LOCAL,BROADCAST,ANYCAST -j DROP
COMMIT
====
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m addrtype --src-type UNREACHABLE -j ACCEPT
-A PREROUTING -p tcp -m addrtype ! --dst-type MULTICAST,UNSPEC -j DROP
COMMIT
----
proto == 6
! tz_test_
