% reject=answer c
*filter
:INPUT DROP [0:0]
% repeat 20 -A INPUT -s 10.0.#.1/32 -j REJECT
COMMIT
----
tz_ends(s, TZ_HIT_TARGET(hit));
tz_ends(s, TZ_ANSWER_NONE);
return TZ_V_DROP;
