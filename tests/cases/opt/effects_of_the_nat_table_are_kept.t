% c no-conntrack
*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -s 10.0.0.1 -j LOG
-A PREROUTING -s 10.0.0.2 -j DNAT --to-destination 10.0.0.9
-A PREROUTING -s 10.0.0.3 -j RETURN
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
COMMIT
----
int c0_nat_PREROUTING(struct xdp_md *ctx, struct tz_scratch *s) {
if (src == 0xa000001) { return TZ_V_PASS; }
if (src == 0xa000002) { return TZ_V_ACCEPT; }
if (src == 0xa000003) { goto policy; }
return TZ_V_ACCEPT;
v = c0_nat_PREROUTING(ctx, s); if (v != TZ_V_ACCEPT) return TZ_V_PASS;
