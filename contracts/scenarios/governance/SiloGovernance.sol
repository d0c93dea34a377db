// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";
import {FlashLender, IBorrower} from "../props/Markets.sol";

/// Deposits give votes at once. Two thirds of them can have a proposal run a day after it was made, as code of its own
/// that works on this contract's storage.
contract SiloGovernance {
    struct Bip {
        address proposer;
        uint256 since;
        address init;
        bytes data;
        uint256 roots;
        bool executed;
    }

    uint256 public constant EMERGENCY_PERIOD = 1 days;
    uint256 public constant EMERGENCY_THRESHOLD_PERCENT = 67;

    Token public immutable asset;
    uint256 public totalRoots;
    mapping(address => uint256) public balanceOfRoots;
    mapping(address => uint256) public deposits;
    mapping(address => uint256) public lockedUntil;
    Bip[] private bips;
    mapping(uint256 => mapping(address => bool)) private voted;

    event Deposit(address indexed account, uint256 amount, uint256 roots);
    event Withdraw(address indexed account, uint256 amount);
    event Proposal(address indexed account, uint32 indexed bip, uint256 start, uint256 period);
    event Vote(address indexed account, uint32 indexed bip, uint256 roots);
    event Commit(address indexed account, uint32 indexed bip);
    event Incentivization(address indexed account, uint256 beans);

    constructor(Token asset_) {
        asset = asset_;
    }

    function deposit(uint256 amount) external {
        asset.transferFrom(msg.sender, address(this), amount);
        deposits[msg.sender] += amount;
        balanceOfRoots[msg.sender] += amount;
        totalRoots += amount;
        emit Deposit(msg.sender, amount, amount);
    }

    function withdraw(uint256 amount) external {
        require(block.timestamp >= lockedUntil[msg.sender], "Silo: locked by a vote");
        deposits[msg.sender] -= amount;
        balanceOfRoots[msg.sender] -= amount;
        totalRoots -= amount;
        asset.transfer(msg.sender, amount);
        emit Withdraw(msg.sender, amount);
    }

    function propose(address init, bytes calldata data) external returns (uint32 id) {
        require(balanceOfRoots[msg.sender] * 1000 >= totalRoots, "Governance: Not enough Stalk.");
        id = uint32(bips.length);
        bips.push(Bip(msg.sender, block.timestamp, init, data, 0, false));
        emit Proposal(msg.sender, id, block.timestamp, 7 days);
        count(id);
    }

    function vote(uint32 id) external {
        count(id);
    }

    function emergencyCommit(uint32 id) external {
        Bip storage bip = bips[id];
        require(!bip.executed, "Governance: Already executed.");
        require(block.timestamp >= bip.since + EMERGENCY_PERIOD, "Governance: Too early.");
        require(bip.roots * 100 >= totalRoots * EMERGENCY_THRESHOLD_PERCENT, "Governance: Must have super majority.");
        bip.executed = true;
        (bool ok, bytes memory why) = bip.init.delegatecall(bip.data);
        if (!ok) assembly { revert(add(why, 32), mload(why)) }
        emit Incentivization(msg.sender, 0);
        emit Commit(msg.sender, id);
    }

    function count(uint32 id) private {
        require(!voted[id][msg.sender], "Governance: Already voted.");
        voted[id][msg.sender] = true;
        bips[id].roots += balanceOfRoots[msg.sender];
        lockedUntil[msg.sender] = block.timestamp + 7 days;
        emit Vote(msg.sender, id, balanceOfRoots[msg.sender]);
    }
}

/// What the proposal of the thief runs: whoever commits it is sent everything.
contract SiloGift {
    function init(Token[] calldata tokens) external {
        for (uint256 i = 0; i < tokens.length; i++) tokens[i].transfer(msg.sender, tokens[i].balanceOf(address(this)));
    }
}

contract SiloThief is IBorrower {
    struct Plan {
        SiloGovernance silo;
        uint32 bip;
        Token[] tokens;
        address payee;
    }

    function rob(FlashLender lender, uint256 amount, Plan calldata plan) external {
        lender.flashLoan(this, plan.silo.asset(), amount, abi.encode(plan));
        for (uint256 i = 0; i < plan.tokens.length; i++) {
            plan.tokens[i].transfer(plan.payee, plan.tokens[i].balanceOf(address(this)));
        }
    }

    function onFlashLoan(address, address token, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        Plan memory plan = abi.decode(data, (Plan));
        Token(token).approve(address(plan.silo), amount);
        plan.silo.deposit(amount);
        plan.silo.vote(plan.bip);
        plan.silo.emergencyCommit(plan.bip);
        Token(token).approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}

/// What the honest proposal runs: everything moves to the silo that takes this one's place.
contract SiloMigration {
    event Migrated(address indexed successor, address indexed token, uint256 amount);

    function init(Token[] calldata tokens, address successor) external {
        for (uint256 i = 0; i < tokens.length; i++) {
            uint256 amount = tokens[i].balanceOf(address(this));
            tokens[i].transfer(successor, amount);
            emit Migrated(successor, address(tokens[i]), amount);
        }
    }
}

/// Gives depositors of the old silo their own, as a list that was made of the old one says.
contract SiloSuccessor {
    mapping(address => mapping(address => uint256)) public owed;
    address public immutable maker = msg.sender;

    event Claimed(address indexed account, address indexed token, uint256 amount);

    function write(address token, address[] calldata accounts, uint256[] calldata amounts) external {
        require(msg.sender == maker, "not the maker");
        for (uint256 i = 0; i < accounts.length; i++) owed[token][accounts[i]] = amounts[i];
    }

    function claim(Token token) external {
        uint256 amount = owed[address(token)][msg.sender];
        owed[address(token)][msg.sender] = 0;
        token.transfer(msg.sender, amount);
        emit Claimed(msg.sender, address(token), amount);
    }
}
