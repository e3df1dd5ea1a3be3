% target xt_bpf
*filter
-A INPUT -j DROP
COMMIT
----
rules:1:1: error: rules of iptables have no form as classic BPF: they become an XDP program (-t xdp); an expression is given by -e [no-filter]
  *filter
  ^
