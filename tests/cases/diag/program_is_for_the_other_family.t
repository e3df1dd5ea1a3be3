iptables -6 -A INPUT -j DROP
ip46tables -6 -A INPUT -j DROP
ip6tables -A INPUT -s 10.0.0.1 -j DROP
----
rules:1:1: error: iptables is for IPv4 [wrong-family]
  iptables -6 -A INPUT -j DROP
  ^~~~~~~~~~~~~~~~~~~~~~~~~~~~
rules:3:23: error: '10.0.0.1' is an IPv4 address; these rules are for IPv6 [address]
  ip6tables -A INPUT -s 10.0.0.1 -j DROP
                        ^~~~~~~~
