% c
*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -m rpfilter --invert -j DROP
-A PREROUTING -j TOS --set-tos 0x10/0x3f
-A PREROUTING -m rpfilter --loose --invert -j DROP
COMMIT
----
tz_test_rpfilter(ctx, s, 1)
! tz_test_rpfilter(ctx, s, 3)
