% c
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -m addrtype --dst-type MULTICAST -j DROP
COMMIT
----
! tz_test_dst_kind
if ((dst & 0xf0000000) == 0xe0000000)
