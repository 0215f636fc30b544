/** Valid values of options that have neither a list of values nor the type boolean, by path; none of them is a default. */
export const samples = {
  'ipam.cidr': ['100.64.0.0/16', '2001:db8:1::/64'],
  'ipv4.autoDetectionMethod': ['interface=eth9'],
  'ipv6.autoDetectionMethod': ['interface=eth9'],
  vethMTU: ['1350'],
  'autoScaling.resources.node': [{ cpu: '123m', memory: '77Mi' }],
  'autoScaling.resources.typha': [{ cpu: '123m', memory: '77Mi' }],
  ipAutodetectionMethod: ['interface=eth9'],
};
