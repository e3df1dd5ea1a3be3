% target socket
==== rules.pcapf
drop udp port 53
limit 5/s icmp
sample 1/3 tcp
----
rules.pcapf:2:1: error: a filter keeps no rate: this rule needs XDP (-t xdp) or iptables (-t xt_bpf) [no-filter]
  limit 5/s icmp
  ^~~~~~~~~~~~~~
rules.pcapf:3:1: warning: a filter cannot sample: the rule is left out [no-effect]
  sample 1/3 tcp
  ^~~~~~~~~~~~~~
