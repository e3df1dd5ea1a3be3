% c hides-routes
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -m addrtype --src-type LOCAL -j DROP
-A PREROUTING -m rpfilter --invert -j DROP
COMMIT
----
tz_test_src_kind(ctx, s, 4, 0)
! rpfilter(
